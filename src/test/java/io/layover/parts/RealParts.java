package io.layover.parts;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The programs without which a test cannot run. Where one is absent the test is skipped; but where
 * the environment has {@code CI=true}, it fails; except for clients that are built by Go, where
 * there is no Go, and for what no package has.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RealPartsCondition.class)
public @interface RealParts {
  String[] value();

  /** Whether the programs need a superuser; without one, the test is skipped everywhere. */
  boolean asRoot() default false;
}
