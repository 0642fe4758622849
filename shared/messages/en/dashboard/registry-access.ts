export const registryAccessEn = {
  title: 'Registry Access',
};
export type RegistryAccessMessages = typeof registryAccessEn;
