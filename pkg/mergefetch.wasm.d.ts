/** Its address, as the page's tool makes it of a file that a script imports: for `init`, where the tool does not find the module by itself. */
declare const address: string;
export default address;
