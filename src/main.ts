#!/usr/bin/env node
/** Entry point. It imports nothing before it knows that this Node can run the rest. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `shimgate needs Node 22.19 or later; this is ${process.version}.\n` +
      'In a checkout, "npm install" also installs a Node that is new enough: npm exec -- node dist/main.js …\n',
  );
  process.exitCode = 2;
} else {
  const { start } = await import('./cli/start.ts');
  await start();
}
