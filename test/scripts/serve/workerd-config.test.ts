import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWorkerd } from '../../../scripts/serve/find-workerd.ts';
import { type ConfigInput, formatConfig } from '../../../scripts/serve/workerd-config.ts';
import { makeWorkDirectory, type WorkDirectory } from '../../interop/work-directory.ts';

let work: WorkDirectory;
beforeEach(() => {
  work = makeWorkDirectory();
});
afterEach(() => work.remove());

function makeInput(directory: string, overrides: Partial<ConfigInput> = {}): ConfigInput {
  return {
    plan: { name: 'record', ownsRecord: true, share: 0, siblings: [] },
    directory,
    dist: directory,
    recordDirectory: join(directory, 'record'),
    compatibilityDate: '2026-08-03',
    variables: ['CA_KEY'],
    tls: null,
    reachesPrivateNetworks: false,
    hasOwnResolver: false,
    ...overrides,
  };
}

describe('formatConfig', () => {
  it.each(['plain', 'with space', 'quote"d', 'back\\slash', 'ünï', "apostrophe's"])(
    'writes what workerd can read in a directory named %s',
    (name) => {
      const directory = join(work.path, name);
      mkdirSync(directory);
      for (const file of ['worker.js', 'migrations.json', 'assets.json', 'tls.crt', 'tls.key']) {
        writeFileSync(join(directory, file), file.endsWith('.json') ? '[]' : 'text');
      }
      const tls = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
      const path = join(directory, 'config.capnp');
      writeFileSync(path, formatConfig(makeInput(directory, { tls, hasOwnResolver: true })));
      // `compile` reads the configuration and all files that it embeds, and runs nothing.
      const args = ['compile', path, '--config-only'];
      const { status, stderr } = spawnSync(findWorkerd(), args, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    },
  );

  it('has workerd read secrets from its environment', () => {
    const text = formatConfig(makeInput(work.path));
    expect(text).toContain('(name = "CA_KEY", fromEnvironment = "CA_KEY")');
  });

  it('opens the record in one process alone', () => {
    const front = { name: 'front-1', ownsRecord: false, share: 0, siblings: ['record'] };
    const text = formatConfig(makeInput(work.path, { plan: front }));
    expect(text).not.toContain('record-disk');
    expect(text).not.toContain('durableObjectStorage');
    expect(text).toContain('(name = "SIBLING_0", service = "sibling-record")');
  });

  it('has public sockets only in a public process, and HTTPS only with a certificate', () => {
    const plan = { name: 'record', ownsRecord: true, share: null, siblings: ['front-1'] };
    const inner = formatConfig(makeInput(work.path, { plan }));
    expect(inner).not.toContain('(name = "http"');
    const outer = formatConfig(makeInput(work.path));
    expect(outer).toContain('(name = "http"');
    expect(outer).not.toContain('(name = "https"');
  });

  it('reaches private networks only if it is told to', () => {
    expect(formatConfig(makeInput(work.path))).toContain('allow = ["public"]');
    const open = makeInput(work.path, { reachesPrivateNetworks: true });
    expect(formatConfig(open)).toContain('allow = ["public", "private"]');
  });

  it('reaches private networks for its own resolver alone', () => {
    const text = formatConfig(makeInput(work.path, { hasOwnResolver: true }));
    expect(text).toContain('(name = "internet", network = (allow = ["public"],');
    expect(text).toContain('(name = "resolver", network = (allow = ["public", "private"],');
    expect(text).toContain('globalOutbound = "internet"');
  });
});
