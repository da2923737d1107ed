package io.layover.parts;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Looks for the programs that {@link RealParts} names. */
final class RealPartsCondition implements ExecutionCondition {
  /** The Go tool chain, which a machine need not have, and what is built by it. */
  private static final Set<String> GO_CLIENTS = Set.of("go", "crane", "regctl", "oras");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    var parts = AnnotationSupport.findAnnotation(context.getElement(), RealParts.class);
    if (parts.isEmpty()) {
      return ConditionEvaluationResult.enabled("needs nothing");
    }
    if (parts.get().asRoot() && !"root".equals(System.getProperty("user.name"))) {
      return ConditionEvaluationResult.disabled("needs a superuser");
    }
    var absent = absent(parts.get().value());
    return absent.isEmpty()
        ? ConditionEvaluationResult.enabled("everything is here")
        : ConditionEvaluationResult.disabled("not installed: " + absent);
  }

  /** Which of these are absent; fails where none may be. */
  static List<String> absent(String... programs) {
    var absent = Arrays.stream(programs).filter(p -> Tools.find(p).isEmpty()).toList();
    boolean could = !GO_CLIENTS.containsAll(absent) || Tools.find("go").isPresent();
    if (!absent.isEmpty() && could && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("not installed: " + absent + "; .ci/install does it");
    }
    return absent;
  }
}
