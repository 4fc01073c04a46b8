# A letter by swaks. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO, SUBJECT, BODY.
set -eu
case $TLS in starttls) tls=--tls ;; tls) tls=--tls-on-connect ;; esac
swaks --server "$HOST:$PORT" "$tls" --tls-verify --tls-ca-path "$CA" \
  --auth PLAIN --auth-user "$USER_NAME" --auth-password "$PASSWORD" \
  --from "$FROM" --to "$TO" --h-From "$FROM" \
  --header "Subject: =?utf-8?B?$(printf %s "$SUBJECT" | base64 -w0)?=" --body "$BODY" \
  --add-header 'MIME-Version: 1.0' --add-header 'Content-Type: text/plain; charset=utf-8' \
  --add-header 'Content-Transfer-Encoding: 8bit'
