/** The API as clients see it: a real server on loopback over a directory, and raw requests. */
@NullMarked
package io.layover.http;

import org.jspecify.annotations.NullMarked;
