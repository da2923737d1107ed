/**
 * Traces of requests for who watches over many services, by OpenTelemetry; nothing if it is off.
 */
@NullMarked
package io.layover.trace;

import org.jspecify.annotations.NullMarked;
