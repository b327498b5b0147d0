import { join } from 'node:path'
import { packageRoot } from '../common/package-root.js'
import { type Catalogue, catalogueSchema } from './catalogue.js'
import { type Home, homeSchema } from './home.js'
import { loadYaml } from './load-yaml.js'

/** The home that personas live in and the catalogue of what can be said there. */
export interface World {
  home: Home
  catalogue: Catalogue
}

/** Reads the world that ships with attune, or another one of the same shape. @throws AttuneError CONFIG_INVALID */
export function loadWorld(folder = join(packageRoot(), 'configs', 'world')): World {
  return {
    home: loadYaml(join(folder, 'home.yaml'), homeSchema),
    catalogue: loadYaml(join(folder, 'catalogue.yaml'), catalogueSchema),
  }
}
