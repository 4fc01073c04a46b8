/** The web kit: routes, JSON, problems, auth filter, the one egress client. */
package dev.mailmill.http;
