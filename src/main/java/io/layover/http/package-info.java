/** The API over HTTP: one table of routes, a class per resource, one place for failures. */
@NullMarked
package io.layover.http;

import org.jspecify.annotations.NullMarked;
