package io.layover.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The key of a component whose name is not its key: {@code catalog.maxentries} stands in a mapping
 * below, and an empty one says that the component's own keys stand beside the others.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {
  String value();

  /** Whether it is shown when it is empty too, as leaving it out says something else. */
  boolean always() default false;
}
