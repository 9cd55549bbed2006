/** Within how many days a certificate expires that counts as expiring. */
export const EXPIRY_WINDOWS_DAYS = [1, 7, 14, 30] as const;
