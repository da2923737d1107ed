package io.layover.upstream;

import java.time.Duration;

/**
 * How long what was learnt from an upstream is relied on.
 *
 * @param tagTtl how long a tag is answered without asking again
 * @param staleTtl how long after it was last confirmed a tag may be answered while asking fails
 * @param answerWithin how long a client waits for the upstream where a cached tag may be answered
 * @param negativeTtl how long it is remembered that something is not there
 * @param reserve the part of a limit on pulls, in percent, that is not spent on keeping tags fresh
 */
public record Freshness(
    Duration tagTtl, Duration staleTtl, Duration answerWithin, Duration negativeTtl, int reserve) {}
