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
  private static final Set<String> GO_TOOLS =
      Set.of("go", "crane", "regctl", "oras", "registry", "helm");

  /** What is in no package: its tests run on a machine where somebody has built it. */
  private static final Set<String> SELF_BUILT = Set.of("auth_server", "buildkitd", "buildctl");

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
    boolean could = absent.stream().anyMatch(RealPartsCondition::isInstallable);
    if (!absent.isEmpty() && could && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("not installed: " + absent + "; .ci/install does it");
    }
    return absent;
  }

  private static boolean isInstallable(String program) {
    return !SELF_BUILT.contains(program)
        && (!GO_TOOLS.contains(program) || Tools.find("go").isPresent());
  }
}
