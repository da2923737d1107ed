/** Values about hosts and their addresses. */
@NullMarked
package io.layover.net;

import org.jspecify.annotations.NullMarked;
