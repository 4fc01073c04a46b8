"""A letter by smtplib. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO, SUBJECT,
BODY."""
import os
import smtplib
import ssl
from email.message import EmailMessage

told = os.environ
message = EmailMessage()
message['From'] = told['FROM']
message['To'] = told['TO']
message['Subject'] = told['SUBJECT']
message.set_content(told['BODY'])

trust = ssl.create_default_context(cafile=told['CA'])
place = (told['HOST'], int(told['PORT']))
with (smtplib.SMTP_SSL(*place, context=trust) if told['TLS'] == 'tls'
      else smtplib.SMTP(*place)) as server:
    if told['TLS'] == 'starttls':
        server.starttls(context=trust)
    server.login(told['USER_NAME'], told['PASSWORD'])
    server.send_message(message)
