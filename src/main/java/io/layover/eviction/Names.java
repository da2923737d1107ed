package io.layover.eviction;

import io.layover.oci.RepositoryName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Numbers for repositories, what is known of each, and how many links it has. */
final class Names {
  static final int NONE = -1;

  private final ToIntFunction<RepositoryName> ownerOf;
  private final Map<RepositoryName, Integer> numbers = new HashMap<>();
  private final List<RepositoryName> names = new ArrayList<>();
  private final IntColumn owners = new IntColumn();
  private final IntColumn links = new IntColumn();

  Names(ToIntFunction<RepositoryName> ownerOf) {
    this.ownerOf = ownerOf;
  }

  int find(RepositoryName name) {
    var number = numbers.get(name);
    return number == null ? NONE : number;
  }

  int obtain(RepositoryName name) {
    var known = find(name);
    if (known != NONE) {
      return known;
    }
    var number = names.size();
    names.add(name);
    numbers.put(name, number);
    owners.reach(number + 1);
    links.reach(number + 1);
    owners.set(number, ownerOf.applyAsInt(name));
    return number;
  }

  RepositoryName get(int number) {
    return names.get(number);
  }

  int size() {
    return names.size();
  }

  int owner(int number) {
    return owners.get(number);
  }

  int links(int number) {
    return links.get(number);
  }

  void addLinks(int number, int change) {
    links.add(number, change);
  }
}
