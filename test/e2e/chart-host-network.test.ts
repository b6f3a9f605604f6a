import { describe, expect, test } from '@jest/globals';
import { only, render } from './chart/render.ts';

describe('the pods, where API servers cannot reach addresses of pods,', () => {
  type Deployment = {
    readonly spec: {
      readonly strategy: object;
      readonly template: {
        readonly spec: {
          readonly hostNetwork?: boolean;
          readonly dnsPolicy?: string;
          readonly containers: readonly {
            readonly args: readonly string[];
            readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          }[];
        };
      };
    };
  };

  const deploymentOf = async (values: object) => only(await render(values), 'Deployment') as unknown as Deployment;

  test('use the network of their nodes and find names all the same, and one may go before another comes', async () => {
    const { spec } = await deploymentOf({ hostNetwork: true });
    expect(spec.template.spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(spec.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } });
  });

  test('listen at the ports that the values say, which the Service leads to by name', async () => {
    const objects = await render({ hostNetwork: true, dnsPolicy: 'Default', webhookPort: 9443, metricsPort: 9081 });
    const { spec } = only(objects, 'Deployment') as unknown as Deployment;
    expect(spec.template.spec.dnsPolicy).toBe('Default');
    const [container] = spec.template.spec.containers;
    expect(container?.args).toContain('--secure-port=9443');
    expect(container?.args).toContain('--metrics-bind-address=:9081');
    expect(container?.ports).toMatchObject([
      { name: 'https', containerPort: 9443 },
      { name: 'metrics', containerPort: 9081 },
    ]);
    expect(only(objects, 'Service')).toMatchObject({
      spec: {
        ports: [
          { name: 'https', port: 443, targetPort: 'https' },
          { name: 'metrics', port: 8080, targetPort: 'metrics' },
        ],
      },
    });
  });

  test('else have a network of their own, and nobody goes first', async () => {
    const { spec } = await deploymentOf({});
    expect(Object.keys(spec.template.spec)).not.toContain('hostNetwork');
    expect(Object.keys(spec.template.spec)).not.toContain('dnsPolicy');
    expect(spec.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
  });
});
