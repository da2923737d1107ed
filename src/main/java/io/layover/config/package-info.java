/**
 * The configuration: distribution's {@code config.yml} with Layover's additions, read once into
 * immutable records.
 *
 * <p>{@link io.layover.config.ConfigReader} goes from YAML text to a {@code Tree}, lays the {@code
 * REGISTRY_…} variables over it, and hands it to the sections, each a record with its own {@code
 * read}. What is known but not served stands in the one table of {@code Unserved}.
 */
@NullMarked
package io.layover.config;

import org.jspecify.annotations.NullMarked;
