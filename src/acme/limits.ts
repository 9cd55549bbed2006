/** What one ACME client may use. A limit that is reached is rate-limited, with the time to wait. */
export const ACME_LIMITS = {
  /** New accounts bound with one key for external account binding, within an hour. */
  accountsPerEabKey: 50,
} as const;

export const HOUR_SECONDS = 3600;
