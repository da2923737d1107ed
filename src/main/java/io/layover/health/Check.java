package io.layover.health;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Something that is looked at again and again.
 *
 * @param name what operators know it by
 * @param threshold after how many failures in a row it counts as failed
 * @param look fails, with a sentence, if it is not well
 */
public record Check(String name, Duration interval, int threshold, Supplier<Future<Void>> look) {}
