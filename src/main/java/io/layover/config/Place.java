package io.layover.config;

import java.util.Comparator;

/**
 * Where a value was written: a file, line and column (from 1), or a variable of the environment.
 */
public record Place(Kind kind, String source, int line, int column) implements Comparable<Place> {
  /** In the order in which problems are listed. */
  public enum Kind {
    FILE,
    LINE,
    VARIABLE,
    DEFAULT
  }

  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::kind)
          .thenComparing(Place::source)
          .thenComparingInt(Place::line)
          .thenComparingInt(Place::column);

  /** The file as a whole. */
  static Place file(String name) {
    return new Place(Kind.FILE, name, 0, 0);
  }

  static Place variable(String name) {
    return new Place(Kind.VARIABLE, name, 0, 0);
  }

  /** Of what nobody wrote. */
  static Place unwritten() {
    return new Place(Kind.DEFAULT, "configuration", 0, 0);
  }

  /** A line and column, counted from 0, of this file; of a variable, the variable. */
  Place at(int line, int column) {
    return kind == Kind.VARIABLE ? this : new Place(Kind.LINE, source, line + 1, column + 1);
  }

  @Override
  public int compareTo(Place other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return kind == Kind.LINE ? source + ":" + line + ":" + column : source;
  }
}
