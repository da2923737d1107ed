/** What can be read and written, whatever stands behind it. */
@NullMarked
package io.layover.registry;

import org.jspecify.annotations.NullMarked;
