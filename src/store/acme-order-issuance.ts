import { bindingHoldsSql } from './acme-call.ts';
import { mayFinalizeSql } from './acme-order-sql.ts';

/**
 * The condition that an issuance fulfils no ACME order, or one that may become valid now, of an account
 * that is valid with the key that signed the request and whose external account binding holds.
 */
export const ORDER_IS_READY = `(:acmeOrderId IS NULL OR (
  ${mayFinalizeSql(':acmeOrderId', ':acmeCsr', ':grantNowSeconds')}
  AND EXISTS (
    SELECT 1 FROM acme_accounts
    WHERE acme_accounts.id = :acmeAccountId AND acme_accounts.status = 'valid'
      AND (:acmeThumbprint IS NULL OR acme_accounts.key_thumbprint = :acmeThumbprint)
      AND ${bindingHoldsSql(':grantNowSeconds')})))` as const;
