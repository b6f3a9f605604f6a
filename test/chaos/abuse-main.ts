/** Abuses a replica, as a process of its own that its parent ends: `node abuse-main.ts NAME`, sent the target. */
import { abuses, type AbuseTarget } from './abuses.ts';

const abuse = abuses.find(({ name }) => name === process.argv[2]);
if (abuse === undefined) throw new Error(`there is no abuse ${String(process.argv[2])}`);
process.once('message', (target: AbuseTarget) => {
  void abuse.run(target);
});
process.once('disconnect', () => {
  process.exit();
});
