package dev.mailmill.template;

import dev.mailmill.template.Needs.Guard;
import dev.mailmill.template.Needs.Kind;
import dev.mailmill.template.Needs.Need;
import dev.mailmill.template.Node.Block;
import dev.mailmill.template.Node.Call;
import dev.mailmill.template.Node.Comment;
import dev.mailmill.template.Node.Decorator;
import dev.mailmill.template.Node.Expression;
import dev.mailmill.template.Node.Literal;
import dev.mailmill.template.Node.Output;
import dev.mailmill.template.Node.Partial;
import dev.mailmill.template.Node.Path;
import dev.mailmill.template.Node.Program;
import dev.mailmill.template.Node.Raw;
import dev.mailmill.template.Node.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Walks a template as a rendering would, with paths in place of values. */
final class Needed {
    private static final int NODES_MAX = 100_000;
    private static final int NEEDS_MAX = 5_000;
    private static final Spot UNKNOWN = new Spot(null, Map.of(), true);

    private final Map<String, Program> partials;
    private final Dialect dialect;
    private final Set<Need> needs = new LinkedHashSet<>();
    private int nodes;

    /**
     * What a context is, in the data.
     *
     * @param path null when it is computed
     * @param given names that a partial was given beside it
     * @param loose whether a name may also be found elsewhere, so that it is not required here
     */
    private record Spot(List<String> path, Map<String, Spot> given, boolean loose) {
        Spot field(String name) {
            Spot own = given.get(name);
            if (own != null) {
                return own;
            }
            if (path == null) {
                return UNKNOWN;
            }
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            return new Spot(List.copyOf(longer), Map.of(), loose);
        }

        Spot loosened() {
            return new Spot(path, given, true);
        }
    }

    /** As {@link Scope}, of spots; guards are what must hold to come here. */
    private record Sight(Spot context, Sight parent, Map<String, Spot> params,
            Map<String, Program> inlines, Program block, Sight blockSight, List<Guard> guards,
            boolean unsure, int depth) {

        Sight inner(Spot context) {
            return new Sight(context, this, params, inlines, block, blockSight, guards, unsure,
                    depth);
        }

        Sight named(Map<String, Spot> more) {
            Map<String, Spot> all = new HashMap<>(params);
            all.putAll(more);
            return new Sight(context, parent, all, inlines, block, blockSight, guards, unsure,
                    depth);
        }

        Sight unnamed() {
            return new Sight(context, parent, Map.of(), inlines, block, blockSight, guards, unsure,
                    depth);
        }

        Sight defining(Map<String, Program> more) {
            if (more.isEmpty()) {
                return this;
            }
            Map<String, Program> all = new HashMap<>(inlines);
            all.putAll(more);
            return new Sight(context, parent, params, all, block, blockSight, guards, unsure,
                    depth);
        }

        Sight wrapping(Program block, Sight at) {
            return new Sight(context, parent, params, inlines, block, at, guards, unsure, depth);
        }

        /** Where the guards hold too; null stands for a condition that we do not follow. */
        Sight when(List<Guard> more) {
            if (more == null) {
                return new Sight(context, parent, params, inlines, block, blockSight, guards, true,
                        depth);
            }
            List<Guard> all = new ArrayList<>(guards);
            more.stream().filter(g -> !all.contains(g)).forEach(all::add);
            return new Sight(context, parent, params, inlines, block, blockSight,
                    List.copyOf(all), unsure, depth);
        }

        Sight deeper() {
            return new Sight(context, parent, params, inlines, block, blockSight, guards, unsure,
                    depth + 1);
        }
    }

    private Needed(Map<String, Program> partials, Dialect dialect) {
        this.partials = partials;
        this.dialect = dialect;
    }

    static Needs of(String name, Program program, Map<String, Program> partials, Dialect dialect)
            throws TemplateException {
        Needed needed = new Needed(partials, dialect);
        Spot root = new Spot(List.of(), Map.of(), false);
        needed.program(program, new Sight(root, null, Map.of(), Map.of(), null, null, List.of(),
                false, 0), new Place(name, 1, 1));
        return new Needs(needed.needs.stream().sorted(Comparator.comparing(Need::name)).toList());
    }

    private void program(Program program, Sight outer, Place place) throws TemplateException {
        // deeper than this nothing is rendered
        if (program == null || outer.depth() >= Bounds.DEPTH_MAX) {
            return;
        }
        Sight inside = outer.defining(program.inlines());
        Sight sight = program.chained() ? inside : inside.deeper();
        Place near = place;
        for (Node node : program.nodes()) {
            if (++nodes > NODES_MAX || needs.size() > NEEDS_MAX) {
                throw new TemplateException(near, "partials expand to more than " + NODES_MAX
                        + " parts or " + NEEDS_MAX + " variables: include less");
            }
            switch (node) {
                case Text t -> { }
                case Comment c -> { }
                case Raw r -> { }
                case Decorator d -> { }
                case Output o -> {
                    near = o.call().place();
                    output(o, sight);
                }
                case Block b -> {
                    near = b.call().place();
                    block(b, sight);
                }
                case Partial p -> {
                    near = p.call().place();
                    partial(p, sight);
                }
            }
        }
    }

    private void output(Output o, Sight sight) throws TemplateException {
        if (o.raw() && sight.block() != null && Renderer.fills(o.call())) {
            fill(sight, sight.context(), o.call().place());
        } else {
            called(o.call(), sight, Kind.VALUE, true);
        }
    }

    /** A variable, or a helper's arguments, of which a printing one needs the first. */
    private Spot called(Call call, Sight sight, Kind kind, boolean needed) {
        if (call.bare()) {
            Spot spot = switch (call.callee()) {
                case Path p -> spot(p, sight);
                case Literal l -> sight.context().field(l.original());
                case Call c -> called(c, sight, kind, needed);
            };
            use(spot, sight, kind, needed);
            return spot;
        }
        Helper helper = Helper.named(call.name());
        boolean first = helper != null && helper.prints() && needed;
        for (Expression e : call.arguments()) {
            argument(e, sight, first ? Kind.VALUE : Kind.CONDITION, first);
            first = false;
        }
        for (Expression e : call.hash().values()) {
            argument(e, sight, Kind.VALUE, false);
        }
        return UNKNOWN;
    }

    private Spot argument(Expression e, Sight sight, Kind kind, boolean needed) {
        return switch (e) {
            case Literal l -> UNKNOWN;
            case Path p -> {
                Spot spot = spot(p, sight);
                use(spot, sight, kind, needed);
                yield spot;
            }
            case Call c -> called(c, sight, kind, needed);
        };
    }

    private void use(Spot spot, Sight sight, Kind kind, boolean needed) {
        if (spot.path() != null && !spot.path().isEmpty()) {
            needs.add(new Need(spot.path(), kind, needed && !spot.loose() && !sight.unsure(),
                    sight.guards()));
        }
    }

    private void block(Block b, Sight sight) throws TemplateException {
        Call call = b.call();
        Place place = call.place();
        if (call.bare()) {
            Spot spot = called(call, sight, Kind.CONDITION, false);
            program(b.body(), sight.when(guards(spot, true)).inner(spot.loosened())
                    .named(params(b.body(), spot, UNKNOWN)), place);
            program(b.inverse(), sight.when(guards(spot, false)), place);
            return;
        }
        Expression first = call.arguments().getFirst();
        switch (call.name()) {
            case "if", "unless" -> {
                argument(first, sight, Kind.CONDITION, false);
                boolean when = call.name().equals("if");
                program(b.body(), sight.when(guards(first, sight, when)), place);
                program(b.inverse(), sight.when(guards(first, sight, !when)), place);
            }
            case "with" -> {
                Spot spot = argument(first, sight, Kind.OBJECT, b.inverse() == null);
                program(b.body(), sight.when(guards(spot, true)).inner(spot)
                        .named(params(b.body(), spot, UNKNOWN)), place);
                program(b.inverse(), sight.when(guards(spot, false)), place);
            }
            case "each" -> {
                Spot spot = argument(first, sight, Kind.LIST, b.inverse() == null);
                Spot item = spot.field(Needs.EACH);
                program(b.body(), sight.inner(item).named(params(b.body(), item, UNKNOWN)), place);
                program(b.inverse(), sight.when(guards(spot, false)), place);
            }
            default -> {
                called(call, sight, Kind.CONDITION, false);
                program(b.body(), sight.when(guards(call, sight, true)), place);
                program(b.inverse(), sight.when(guards(call, sight, false)), place);
            }
        }
    }

    private static Map<String, Spot> params(Program body, Spot first, Spot second) {
        Map<String, Spot> named = new HashMap<>();
        if (body != null) {
            for (String name : body.params()) {
                named.put(name, named.isEmpty() ? first : second);
            }
        }
        return named;
    }

    /** What must hold for a condition to be as said; null when that is not said by single names. */
    private List<Guard> guards(Expression condition, Sight sight, boolean given) {
        return switch (condition) {
            case Literal l -> null;
            case Path p -> guards(spot(p, sight), given);
            case Call c when c.name().equals("not") && c.arguments().size() == 1 ->
                    guards(c.arguments().getFirst(), sight, !given);
            case Call c when c.name().equals(given ? "and" : "or") -> {
                List<Guard> all = new ArrayList<>();
                for (Expression e : c.arguments()) {
                    List<Guard> one = guards(e, sight, given);
                    if (one == null) {
                        yield null;
                    }
                    all.addAll(one);
                }
                yield all;
            }
            case Call c -> null;
        };
    }

    private static List<Guard> guards(Spot spot, boolean given) {
        return spot.path() == null || spot.path().isEmpty() || spot.loose() ? null
                : List.of(new Guard(spot.path(), given));
    }

    private void partial(Partial p, Sight sight) throws TemplateException {
        Call call = p.call();
        Spot context = call.arguments().isEmpty() ? sight.context()
                : argument(call.arguments().getFirst(), sight, Kind.OBJECT, false);
        if (!call.hash().isEmpty()) {
            Map<String, Spot> given = new HashMap<>(context.given());
            for (Map.Entry<String, Expression> e : call.hash().entrySet()) {
                given.put(e.getKey(), argument(e.getValue(), sight, Kind.VALUE, false));
            }
            context = new Spot(context.path(), given, context.loose());
        }
        if (call.callee() instanceof Call made) {
            called(made, sight, Kind.VALUE, true);
            return;
        }
        if ("@partial-block".equals(p.name())) {
            if (sight.block() != null) {
                fill(sight, context, call.place());
            }
            return;
        }
        Sight inside = context == sight.context() ? sight : sight.inner(context);
        if (p.block() != null) {
            inside = inside.defining(p.block().inlines()).wrapping(p.block(), sight);
        }
        Program program = inside.inlines().getOrDefault(p.name(), partials.get(p.name()));
        if (program != null) {
            program(program, inside.unnamed(), call.place());
        } else if (p.block() != null) {
            program(p.block(), context == sight.context() ? sight : sight.inner(context),
                    call.place());
        }
    }

    private void fill(Sight here, Spot context, Place place) throws TemplateException {
        Sight there = here.blockSight();
        Sight parent = context == there.context() ? there.parent()
                : context == here.context() ? here.parent() : here;
        program(here.block(), new Sight(context, parent, there.params(), there.inlines(),
                there.block(), there.blockSight(), here.guards(), here.unsure(), here.depth()),
                place);
    }

    private Spot spot(Path path, Sight sight) {
        Spot spot;
        int from = 0;
        if (path.data()) {
            if (path.parts().isEmpty() || !path.parts().getFirst().equals("root")) {
                return UNKNOWN;
            }
            spot = new Spot(List.of(), Map.of(), false);
            from = 1;
        } else {
            Sight at = sight;
            for (int i = 0; i < path.up() && at != null; i++) {
                at = at.parent();
            }
            if (at == null) {
                return UNKNOWN;
            }
            spot = at.context();
            if (dialect == Dialect.MUSTACHE && at.parent() != null && !path.scoped()) {
                spot = spot.loosened();
            }
            if (!path.scoped() && !path.parts().isEmpty()
                    && sight.params().containsKey(path.parts().getFirst())) {
                spot = sight.params().get(path.parts().getFirst());
                from = 1;
            }
        }
        for (int i = from; i < path.parts().size(); i++) {
            String part = path.parts().get(i);
            // a list's length is there with the list
            spot = part.equals("length") && i > 0 ? spot : spot.field(part);
        }
        return spot;
    }
}
