/** An answer for each version of containerd; it is the same for 2.1 and 2.2, and for 2.3 and 2.4. */
export const by = (v16: string, v17: string, v20: string, v21: string, v23: string) => ({
  '1.6': v16,
  '1.7': v17,
  '2.0': v20,
  '2.1': v21,
  '2.2': v21,
  '2.3': v23,
  '2.4': v23,
});
