<?php
// A letter by PHPMailer. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO, SUBJECT,
// BODY.
require '/usr/share/php/libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\Exception;
use PHPMailer\PHPMailer\PHPMailer;

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('HOST');
$mail->Port = (int) getenv('PORT');
$mail->SMTPSecure = getenv('TLS') === 'tls'
    ? PHPMailer::ENCRYPTION_SMTPS : PHPMailer::ENCRYPTION_STARTTLS;
$mail->SMTPOptions = ['ssl' => ['cafile' => getenv('CA')]];
$mail->SMTPAuth = true;
$mail->Username = getenv('USER_NAME');
$mail->Password = getenv('PASSWORD');
$mail->CharSet = PHPMailer::CHARSET_UTF8;
$mail->setFrom(getenv('FROM'));
$mail->addAddress(getenv('TO'));
$mail->Subject = getenv('SUBJECT');
$mail->Body = getenv('BODY');
try {
    $mail->send();
} catch (Exception $e) {
    echo $e->getMessage(), "\n";
    exit(1);
}
