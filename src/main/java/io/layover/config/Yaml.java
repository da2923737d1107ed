package io.layover.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * YAML as Go's parser takes it: anchors and merge keys, scalars kept as their text. Bounded in
 * depth and in what anchors multiply.
 */
final class Yaml {
  private static final int DEEPEST = 32;
  private static final int MOST_VALUES = 100_000;

  private final Place origin;
  private final Problems problems;
  private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private int values;

  private Yaml(Place origin, Problems problems) {
    this.origin = origin;
    this.problems = problems;
  }

  /** Reads one document; what is wrong goes to {@code problems}, and the rest is returned. */
  static Tree read(String text, Place origin, Problems problems) {
    return new Yaml(origin, problems).document(text);
  }

  private Tree document(String text) {
    var settings =
        LoadSettings.builder()
            .setMaxAliasesForCollections(MOST_VALUES)
            .setAllowNonScalarKeys(true)
            .build();
    try {
      checkDepth(text, settings);
      return new Compose(settings).composeString(text).map(this::tree).orElse(Tree.nothing(origin));
    } catch (MarkedYamlEngineException e) {
      problems.add(place(e.getProblemMark()), "is not YAML: " + reason(e));
    } catch (YamlEngineException e) {
      problems.add(
          origin, "is not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    } catch (Refused e) {
      problems.add(e.place, e.sentence);
    }
    return Tree.nothing(origin);
  }

  /**
   * What the parser says, without the name of an alias or tag: it may be a password's beginning.
   */
  private static String reason(MarkedYamlEngineException e) {
    var context = e.getContext() == null ? "" : e.getContext();
    return (e.getProblem() + " " + context)
        .replaceAll("(undefined (?:alias|tag handle)).*", "$1")
        .strip();
  }

  /** Composing recurses, so the depth is looked at before. */
  private void checkDepth(String text, LoadSettings settings) {
    var depth = 0;
    for (var event : new Parse(settings).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
        throw new Refused(place(event.getStartMark()), "is nested deeper than " + DEEPEST);
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private Tree tree(Node node) {
    if (++values > MOST_VALUES) {
      throw new Refused(origin, "has more than " + MOST_VALUES + " values");
    }
    if (!open.add(node)) {
      throw new Refused(place(node), "is an anchor that contains itself");
    }
    try {
      return switch (node) {
        case MappingNode mapping -> fields(mapping);
        case SequenceNode list ->
            new Tree.Items(
                place(list), new ArrayList<>(list.getValue().stream().map(this::tree).toList()));
        case ScalarNode scalar ->
            new Tree.Scalar(place(scalar), scalar.getValue(), scalar.isPlain());
        default -> Tree.nothing(place(node));
      };
    } finally {
      open.remove(node);
    }
  }

  private Tree.Fields fields(MappingNode node) {
    var fields = new LinkedHashMap<String, Tree.Field>();
    var merged = new ArrayList<Tree>();
    for (var tuple : node.getValue()) {
      var place = place(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(place, "a key must be text");
      } else if (key.isPlain() && key.getValue().equals("<<")) {
        var value = tree(tuple.getValueNode());
        merged.addAll(value instanceof Tree.Items list ? list.items() : List.of(value));
      } else {
        var field = new Tree.Field(place, tree(tuple.getValueNode()));
        if (fields.putIfAbsent(key.getValue(), field) != null) {
          problems.add(place, key.getValue() + ": stands twice in the same mapping");
        }
      }
    }
    for (var tree : merged) {
      if (tree instanceof Tree.Fields other) {
        other.fields().forEach(fields::putIfAbsent);
      } else {
        problems.add(tree.place(), "only mappings can be merged by <<");
      }
    }
    return new Tree.Fields(place(node), fields);
  }

  private Place place(Node node) {
    return place(node.getStartMark());
  }

  private Place place(Optional<Mark> mark) {
    return mark.map(m -> origin.at(m.getLine(), m.getColumn())).orElse(origin);
  }

  private static final class Refused extends RuntimeException {
    private final transient Place place;
    private final String sentence;

    Refused(Place place, String sentence) {
      super(sentence, null, false, false);
      this.place = place;
      this.sentence = sentence;
    }
  }
}
