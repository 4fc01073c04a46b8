# A letter by msmtp. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO, SUBJECT, BODY.
set -eu
case $TLS in starttls) starttls=on ;; tls) starttls=off ;; esac
printf '%s\n' "From: $FROM" "To: $TO" \
  "Subject: =?utf-8?B?$(printf %s "$SUBJECT" | base64 -w0)?=" 'MIME-Version: 1.0' \
  'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' '' "$BODY" |
  msmtp --file=/dev/null --host="$HOST" --port="$PORT" --tls=on --tls-starttls="$starttls" \
    --tls-trust-file="$CA" --auth=plain --user="$USER_NAME" --passwordeval='printenv PASSWORD' \
    --from="$FROM" -- "$TO"
