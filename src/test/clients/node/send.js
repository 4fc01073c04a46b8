// A letter by nodemailer. HOST, PORT, TLS (starttls or tls), CA, USER_NAME, PASSWORD, FROM, TO, SUBJECT,
// BODY.
const fs = require('fs');
const nodemailer = require('nodemailer');

const told = process.env;
nodemailer.createTransport({
  host: told.HOST,
  port: Number(told.PORT),
  secure: told.TLS === 'tls',
  requireTLS: told.TLS === 'starttls',
  tls: { ca: fs.readFileSync(told.CA) },
  auth: { user: told.USER_NAME, pass: told.PASSWORD },
}).sendMail({ from: told.FROM, to: told.TO, subject: told.SUBJECT, text: told.BODY })
  .then(info => console.log(info.response))
  .catch(e => {
    console.log(e.code, e.message);
    process.exitCode = 1;
  });
