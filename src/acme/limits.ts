/** What one ACME client may use. A limit that is reached is rate-limited, with the time to wait. */
export const ACME_LIMITS = {
  /** New accounts bound with one key for external account binding, within an hour. */
  accountsPerEabKey: 50,
  identifiersPerOrder: 100,
  /** Orders of one account that are neither finished nor expired. */
  openOrdersPerAccount: 300,
  /** Failed validations of one account for one name, within an hour. */
  failuresPerName: 5,
  /** Orders on one page of an account's list. */
  ordersPerPage: 100,
} as const;

export const HOUR_SECONDS = 3600;

/** How long an order and its authorizations live, in seconds. */
export const ORDER_LIFETIME_SECONDS = 7 * 86400;

/** How long an order is kept after its certificate has expired: a late renewal may still name it. */
export const ORDER_RETENTION_SECONDS = 30 * 86400;

/** How long a request waits for a validation or a signature before it answers `processing`. */
export const PATIENCE_MS = 2000;

/** When a client should ask again for what is `processing`, in seconds. */
export const RETRY_SECONDS = 2;

/** After this time, the job takes over what a request has begun and not finished. */
export const TAKE_OVER_SECONDS = 60;
