/** Tenants, streams, people, API keys, SMTP credentials, quota Gate. */
package dev.mailmill.account;
