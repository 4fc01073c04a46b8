# A letter by what Action Mailer makes of the settings in a file: its argument. PASSWORD, USER_NAME, TO.
require 'mail'

mailer = Struct.new(:delivery_method, :default_options, :smtp_settings).new
config = Struct.new(:action_mailer).new(mailer)
eval(File.read(ARGV.fetch(0)), binding)

letter = Mail.new(from: mailer.default_options[:from], to: ENV.fetch('TO'), subject: 'Hello', body: 'It works.')
letter.delivery_method(mailer.delivery_method, mailer.smtp_settings)
letter.deliver!
