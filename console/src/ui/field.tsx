/** Labelled inputs. */
import { type ComponentProps, type ReactNode, useId } from 'react'

import { cx } from './cx'

export const INPUT =
  'min-w-0 rounded-md border border-edge bg-canvas px-3 text-ink aria-[invalid=true]:border-bad'

interface Labelled {
  label: string
  hint?: ReactNode
  /** What is wrong with it. */
  wrong?: string | undefined
}

interface FieldProps extends Labelled {
  children: (ids: { id: string; 'aria-describedby'?: string }) => ReactNode
}

function Field({ label, hint, wrong, children }: FieldProps) {
  const id = useId()
  const about =
    hint !== undefined || wrong !== undefined ? { 'aria-describedby': `${id}-about` } : {}
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, ...about })}
      {(hint !== undefined || wrong !== undefined) && (
        <p
          id={`${id}-about`}
          className={cx('text-xs', wrong === undefined ? 'text-quiet' : 'text-bad')}
        >
          {wrong ?? hint}
        </p>
      )}
    </div>
  )
}

type InputProps = Labelled & Omit<ComponentProps<'input'>, 'id'>

export function Input({ label, hint, wrong, className, ...rest }: InputProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {ids => (
        <input
          {...rest}
          {...ids}
          aria-invalid={wrong !== undefined}
          className={cx(INPUT, 'h-9 w-full', className)}
        />
      )}
    </Field>
  )
}

type AreaProps = Labelled & Omit<ComponentProps<'textarea'>, 'id'>

export function Area({ label, hint, wrong, className, ...rest }: AreaProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {ids => (
        <textarea
          {...rest}
          {...ids}
          aria-invalid={wrong !== undefined}
          className={cx(INPUT, 'w-full py-2', className)}
        />
      )}
    </Field>
  )
}

interface SelectProps<T extends string> extends Labelled {
  value: T
  options: readonly (readonly [value: T, text: string])[]
  onChange: (value: T) => void
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, hint, wrong, value, options, onChange } = props
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {ids => (
        <select
          {...ids}
          value={value}
          onChange={event => onChange(event.target.value as T)}
          className={cx(INPUT, 'h-9 w-full px-2')}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

interface CheckProps {
  label: string
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
}

export function Check({ label, hint, checked, onChange }: CheckProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={event => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-about` })}
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-about`} className="text-quiet text-xs">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
