/**
 * Lets xterm style what it draws under our policy, which knows no inline styles. Its style elements
 * get the page's nonce; a colour that a program has chosen, which it sets as an attribute of a span,
 * is set by script instead: that is allowed, and comes to the same.
 */

/** Does `work`; the style elements that it makes have the page's nonce. */
export function withNonce<T>(nonce: string, work: () => T): T {
  const create = document.createElement
  document.createElement = (tag: string, options?: ElementCreationOptions) => {
    const element = create.call(document, tag, options)
    if (tag === 'style') element.nonce = nonce
    return element
  }
  try {
    return work()
  } finally {
    document.createElement = create
  }
}

let allowed = false

/** From now on, a span's style that is set as an attribute is set by script. */
export function allowSpans(): void {
  if (allowed) return
  allowed = true
  const set = Element.prototype.setAttribute
  HTMLSpanElement.prototype.setAttribute = function (this: HTMLSpanElement, name, value) {
    if (name === 'style') this.style.cssText = value
    else set.call(this, name, value)
  }
}
