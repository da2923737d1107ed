/** Where bytes and links are kept: what every store promises, and files that grow. */
@NullMarked
package io.layover.storage;

import org.jspecify.annotations.NullMarked;
