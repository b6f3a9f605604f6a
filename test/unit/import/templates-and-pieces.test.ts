import { describe, expect, test } from '@jest/globals';
import { worded } from '../../../src/finding/wording.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const importText = async (text: string, name = 'a') => {
  const { result } = await importFiles(await layFiles(directory, { [name]: text }), [name]);
  const said = result.findings.map((found) => {
    const { code, severity, message, fix } = worded(found);
    return `${found.source.line}:${found.source.column} ${severity} ${code} ${message} ${fix}`;
  });
  return { said, sources: result.sources.length };
};

const vm = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.vm]\n';

describe('a template of a node is no node, and advice names what is made of it', () => {
  test.each([
    ['k3s, with its base', `{{ template "base" . }}\n${vm}runtime_type = "a.b.c"\n`, 'what k3s, or RKE2, makes of it'],
    [
      'k3s, as a whole',
      `[plugins.cri]\n{{- if .NodeConfig.SELinux }}\n  enable_selinux = true\n{{- end }}\n`,
      'what k3s, or RKE2, makes of it',
    ],
    [
      'Ansible',
      `version = 2\n{% for one in more %}\n${vm}{% endfor %}\n`,
      "the node's own /etc/containerd/config.toml",
    ],
    ['Ansible, which is TOML', `version = 2\n${vm}runtime_type = "{{ kind }}"\n`, "the node's own /etc/containerd"],
    ['MicroK8s', `version = 2\n${vm}runtime_type = "\${KIND}"\n`, '/var/snap/microk8s/current/args/containerd.toml'],
    ['keys of MicroK8s', `version = 2\n${vm.replace('vm', '"${NAME}"')}`, '/var/snap/microk8s/current/args'],
    ['a list of MicroK8s', `imports = ["\${SNAP}/a.toml"]\n`, '/var/snap/microk8s/current/args'],
  ])('%s', async (_name, text, part) => {
    const { said, sources } = await importText(text);
    expect(said).toEqual([expect.stringMatching(/^1:1 error UnreadableFile This is a template/)]);
    expect(said[0]).toContain(part);
    expect(said[0]).not.toContain('helm');
    expect(sources).toBe(0);
  });

  test.each([
    [
      'a password of a registry',
      '[plugins."io.containerd.grpc.v1.cri".registry.configs.a.auth]\npassword = "a${b}{{c}}"\n',
    ],
    ['a dollar sign', `${vm}runtime_type = "io.containerd.kata.v2"\nbase_runtime_spec = "/etc/$cri/{base}.json"\n`],
  ])('%s makes no template', async (_name, text) => {
    const { said, sources } = await importText(`version = 2\n${text}`);
    expect(said.filter((one) => one.includes('UnreadableFile'))).toEqual([]);
    expect(sources).toBe(1);
  });
});

describe('a piece of a configuration in a file of another kind is told, with where the whole is', () => {
  const block = `    ${vm}      runtime_type = "io.containerd.kata.v2"\n`;
  test.each([
    [
      'kind',
      `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\ncontainerdConfigPatches:\n  - |-\n${block}`,
      '5:1',
      'docker cp NODE:/etc/containerd/config.toml',
    ],
    [
      'nodeadm',
      `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  containerd:\n    config: |\n  ${block}`,
      '6:1',
      'with the directory that it imports',
    ],
    [
      'Talos, whose file is no object',
      `version: v1alpha1\nmachine:\n  files:\n    - path: /etc/cri/conf.d/20-customization.part\n      content: |\n    ${block}`,
      '6:1',
      '/etc/cri/conf.d',
    ],
    ['cloud-init', `#cloud-config\nwrite_files:\n  - content: |\n  ${block}`, '4:1', 'Give the file that the node has'],
    [
      'a script of an installer',
      `apiVersion: v1\nkind: ConfigMap\ndata:\n  add.sh: |\n${block}`,
      '5:1',
      "Give the node's own file",
    ],
  ])('%s', async (_name, text, place, part) => {
    const { said, sources } = await importText(text);
    expect(said).toEqual([expect.stringContaining(`${place} warning PieceOfConfiguration`)]);
    expect(said[0]).toContain(part);
    expect(sources).toBe(0);
  });

  test('manifests that have classes are read for those, whatever else stands in them', async () => {
    const installer = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  add.sh: |\n${block}`;
    const runtimeClass = 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\nhandler: runc\n';
    const node = await layFiles(directory, { a: 'version = 2\n', 'b.yaml': `${installer}---\n${runtimeClass}` });
    const { said } = await importFiles(node, ['a', 'b.yaml']);
    expect(said).toEqual([]);
  });

  test('a comment of a configuration that looks like YAML carries none', async () => {
    const { said, sources } = await importText(
      `version = 2\n# note: [plugins] are below\n${vm}runtime_type = "io.containerd.kata.v2"\n`,
    );
    expect(said.filter((one) => one.includes('PieceOfConfiguration'))).toEqual([]);
    expect(sources).toBe(1);
  });
});

test('what docker info prints is called so', async () => {
  const info = { ID: 'a', DefaultRuntime: 'runc', Runtimes: { runc: { path: 'runc' } } };
  const { said } = await importText(JSON.stringify(info));
  expect(said).toEqual([expect.stringContaining('This is what `docker info` prints')]);
  expect(said[0]).toContain('Give /etc/docker/daemon.json.');
});
