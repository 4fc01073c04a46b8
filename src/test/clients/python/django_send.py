"""A letter by Django. HOST, PORT, TLS (starttls or tls), USER_NAME, PASSWORD, FROM, TO, SUBJECT, BODY, and
SSL_CERT_FILE, which Python itself reads."""
import os

from django.conf import settings
from django.core.mail import send_mail

told = os.environ
settings.configure(
    EMAIL_HOST=told['HOST'],
    EMAIL_PORT=int(told['PORT']),
    EMAIL_USE_TLS=told['TLS'] == 'starttls',
    EMAIL_USE_SSL=told['TLS'] == 'tls',
    EMAIL_HOST_USER=told['USER_NAME'],
    EMAIL_HOST_PASSWORD=told['PASSWORD'],
)
send_mail(told['SUBJECT'], told['BODY'], told['FROM'], [told['TO']])
