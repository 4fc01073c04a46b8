/**
 * Templates: Handlebars and Mustache, within bounds.
 *
 * <p>Does: compiles a source and the partials that it reaches to an immutable tree, tells which
 * variables that needs, and prints it with data. The order is {@link dev.mailmill.template.Lexer},
 * {@link dev.mailmill.template.Blanks} (which blanks are printed),
 * {@link dev.mailmill.template.Parser}, {@link dev.mailmill.template.Checker},
 * {@link dev.mailmill.template.Needed}, and, each time, {@link dev.mailmill.template.Renderer}.
 *
 * <p>Never: reads anything but the maps, lists, strings, numbers and booleans that it is given.
 * There is no reflection, no environment, no file, no net, and no helper but those of
 * {@link dev.mailmill.template.Helper}.
 *
 * <p>Fails: with a {@link dev.mailmill.template.TemplateException} that names the place and the
 * cure, when it is compiled or, for what depends on data, when it is printed.
 *
 * <p>Always: compiling takes time in proportion to the sources, each at most 1 MB and nested at
 * most 64 deep; printing ends within {@link dev.mailmill.template.Bounds}: steps, octets, depth and
 * time.
 *
 * <p>Start reading at {@link dev.mailmill.template.Template}.
 */
package dev.mailmill.template;
