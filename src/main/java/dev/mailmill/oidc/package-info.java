/**
 * Logging in at somebody else's door: OpenID Connect Core 1.0 with the authorization code, PKCE
 * (RFC 7636), state and nonce.
 *
 * <p><b>Does</b>: leads a browser to the provider and back, asks for the token, proves it, and
 * tells {@link dev.mailmill.account.People#enter} who came.
 *
 * <p><b>Never</b>: believes an address that the provider has not verified; takes a token that is
 * signed by anything but the provider's published public keys; makes an owner.
 *
 * <p><b>Fails</b>: with {@link dev.mailmill.oidc.Oidc.Back.Failed}, whose words are for people; the
 * log has what the provider said.
 *
 * <p><b>Always holds</b>: what a browser brings back opens something once, within 10 minutes, and
 * only in the browser that was sent away.
 *
 * <p><b>Start reading at</b> {@link dev.mailmill.oidc.Oidc#leave} and {@link
 * dev.mailmill.oidc.Oidc#back}.
 */
package dev.mailmill.oidc;
