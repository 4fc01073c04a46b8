/**
 * Who may send and what in: tenants, their streams, API keys and SMTP logins, the people who look
 * at the pages, and what is kept secret.
 *
 * <p><b>Does</b>: answers the doors from memory ({@link dev.mailmill.account.Accounts}), which
 * follows the store at most 1 s behind ({@link dev.mailmill.account.ChangeWatch}); seals private
 * keys under the master key and holds the HMAC keys that sign our tokens ({@link
 * dev.mailmill.account.Secrets}); logs people in and keeps their sessions ({@link
 * dev.mailmill.account.People}); counts requests and the day's recipients ({@link
 * dev.mailmill.account.Quotas}).
 *
 * <p><b>Never</b>: stores a secret that it has handed out, only its HMAC; shows one twice; asks the
 * store while a client logs in.
 *
 * <p><b>Fails</b>: with {@link dev.mailmill.account.MasterKeyException} at the start when the
 * master key is not the store's, before anything is changed; with
 * {@link dev.mailmill.mail.StoreException} when an unknown secret can't be called wrong because
 * the store has not answered for 10 s.
 *
 * <p><b>Always holds</b>: each question about a secret costs the same HMACs, whoever asks; a
 * change is in this node's memory when its call returns; a token names the version and key that
 * signed it.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.account.Accounts#login} and {@link
 * dev.mailmill.account.Accounts#mint}.
 */
package dev.mailmill.account;
