package io.layover.registry;

import java.util.List;

/** Some of the tags of a repository, in lexical order. */
public record TagPage(List<String> tags, Outcome outcome) {}
