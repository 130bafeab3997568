const CODE = /^[A-Za-z][A-Za-z0-9_]{0,19}$/;

/** Whether every object has that already: what is looked up by it would be found where there is none. */
export const isOfEveryObject = (code: string): boolean => code in {};

/** Whether a text can name a variable: `TPF`. */
export const isVariableCode = (code: string): boolean => CODE.test(code) && !isOfEveryObject(code);
