# A letter by curl over SMTP. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO,
# SUBJECT, BODY.
set -eu
case $TLS in starttls) scheme=smtp ;; tls) scheme=smtps ;; esac
printf '%s\r\n' "From: $FROM" "To: $TO" \
  "Subject: =?utf-8?B?$(printf %s "$SUBJECT" | base64 -w0)?=" 'MIME-Version: 1.0' \
  'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' '' "$BODY" |
  curl --silent --show-error --ssl-reqd --cacert "$CA" "$scheme://$HOST:$PORT/web1.example.com" \
    --user "$USER_NAME:$PASSWORD" --mail-from "$FROM" --mail-rcpt "$TO" --upload-file -
