<?php
// A letter by what Laravel's config/mail.php makes of the variables in a .env: its argument. TO, and what the
// variables refer to.
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';

use Symfony\Component\Mailer\Transport\Dsn;
use Symfony\Component\Mailer\Transport\Smtp\EsmtpTransportFactory;
use Symfony\Component\Mime\Email;

$env = parse_ini_file($argv[1]);
$dsn = new Dsn($env['MAIL_SCHEME'], $env['MAIL_HOST'], $env['MAIL_USERNAME'], $env['MAIL_PASSWORD'],
    (int) $env['MAIL_PORT']);
(new EsmtpTransportFactory())->create($dsn)->send((new Email())->from($env['MAIL_FROM_ADDRESS'])
    ->to(getenv('TO'))->subject('Hello')->text('It works.'));
