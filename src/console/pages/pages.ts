import type { ComponentType } from 'preact';
import { mayAdminister, mayUse, type Scope } from '../state/session.ts';
import type { PageProps } from './page-props.ts';

/** A page of the navigation. It is loaded when it is first opened. */
export interface PageEntry {
  /** The first part of its address, and the key of its title. */
  readonly name:
    | 'certificates'
    | 'issue'
    | 'expiry'
    | 'authorities'
    | 'inventory'
    | 'access'
    | 'webhooks'
    | 'audit'
    | 'health';
  /** Without one of these scopes, the page is not listed. */
  readonly scopes: readonly Scope[];
  /** Whether only the account that administers all others may do what it is for. */
  readonly isForRoot?: true;
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
}

/** Whether the access key may do something on a page. */
export function mayOpen({ scopes, isForRoot }: PageEntry): boolean {
  return scopes.some(isForRoot === true ? mayAdminister : mayUse);
}

export const PAGES: readonly PageEntry[] = [
  {
    name: 'certificates',
    scopes: ['certificates:Read'],
    load: () => import('./certificates/certificates.tsx'),
  },
  {
    name: 'issue',
    scopes: ['certificates:Issue'],
    load: () => import('./issue/issue.tsx'),
  },
  {
    name: 'expiry',
    scopes: ['certificates:Read', 'inventory:Read', 'authorities:Manage'],
    load: () => import('./expiry/expiry.tsx'),
  },
  {
    name: 'authorities',
    scopes: ['authorities:Manage'],
    isForRoot: true,
    load: () => import('./authorities/authorities.tsx'),
  },
  {
    name: 'inventory',
    scopes: ['inventory:Read'],
    load: () => import('./inventory/inventory.tsx'),
  },
  {
    name: 'access',
    scopes: ['accounts:Manage', 'policies:Read', 'policies:Manage', 'acme:Read', 'acme:Manage'],
    load: () => import('./access/access.tsx'),
  },
  {
    name: 'webhooks',
    scopes: ['webhooks:Read'],
    load: () => import('./webhooks/webhooks.tsx'),
  },
  {
    name: 'audit',
    scopes: ['accounts:Manage'],
    isForRoot: true,
    load: () => import('./audit/audit.tsx'),
  },
  {
    name: 'health',
    scopes: ['authorities:Manage'],
    isForRoot: true,
    load: () => import('./health/health.tsx'),
  },
];

/** The page without an address: the first one of use. */
export function findHome(): PageEntry | undefined {
  return PAGES.find(mayOpen) ?? PAGES[0];
}
