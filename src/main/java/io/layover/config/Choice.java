package io.layover.config;

/** One of several kinds of a thing, written as a mapping under the name of its kind. */
interface Choice {
  /** The name of the kind, such as {@code filesystem}. */
  String kind();
}
