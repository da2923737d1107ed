/** What of the cached content goes, and when: the books over its use, and who acts on them. */
@NullMarked
package io.layover.eviction;

import org.jspecify.annotations.NullMarked;
