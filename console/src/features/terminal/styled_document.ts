/**
 * The page's document, as the terminal may use it under our policy: a style element gets the page's
 * nonce, and the style that a cell is given by attribute is set by script instead, which is allowed.
 */
export function styledDocument(nonce: string): Document {
  const createElement = (tag: string): HTMLElement => {
    const element = document.createElement(tag)
    if (tag === 'style') element.nonce = nonce
    const set = element.setAttribute.bind(element)
    element.setAttribute = (name, value) => {
      if (name === 'style') element.style.cssText = value
      else set(name, value)
    }
    return element
  }
  // Its methods work on the real one only, so they are bound to it.
  return new Proxy(document, {
    get(target, name) {
      if (name === 'createElement') return createElement
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
