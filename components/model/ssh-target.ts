/**
 * How to log in to one SSH server, in the words of @pulumi/command; states hold it. `Key` is what the private
 * key is: a plain text in the plugin and the doctor, a secret output in the program.
 */
export interface SshServer<Key = string> {
  /** Address that is dialled. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The server's public key, `algorithm base64`: a server with another one is refused. */
  readonly hostKey: string;
  /** PEM of a private key; without it the SSH agent of SSH_AUTH_SOCK is asked. */
  readonly privateKey?: Key;
  /** The one key of the agent that is offered, `algorithm base64`; without it all of them are. */
  readonly publicKey?: string;
  /** Where our plugin serves that one key to @pulumi/command, which can be told an agent and no key of it. */
  readonly agentSocketPath?: string;
}

/** How to reach one machine over SSH. */
export interface SshTarget<Key = string> extends SshServer<Key> {
  /** Whom the way leads through; without it the machine itself is dialled. */
  readonly bastion?: SshServer<Key>;
  /** What sudo asks the user for; without it sudo must ask for nothing. */
  readonly sudoPassword?: Key;
}
